import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';
import { SettingsTabs } from '../settings/settings-tabs.tsx';
import { SinkTest } from './sink-test.tsx';

/** Where audit events are sent to as they happen. */
export function AuditSinksPage() {
  return (
    <ResourcePage
      page={KIND_PAGES.AuditSink}
      tabs={<SettingsTabs current="sinks" />}
      extras={(sink) => <SinkTest sink={sink} />}
    />
  );
}
