import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';
import { SettingsTabs } from '../settings/settings-tabs.tsx';
import { ChannelTools } from './channel-tools.tsx';

/** Who is told of access requests, and where. */
export function NotificationChannelsPage() {
  return (
    <ResourcePage
      page={KIND_PAGES.NotificationChannel}
      tabs={<SettingsTabs current="channels" />}
      extras={(channel) => <ChannelTools channel={channel} />}
    />
  );
}
