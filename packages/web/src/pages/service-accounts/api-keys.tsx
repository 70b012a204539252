import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { AnyResource } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Time } from '../../ui/time.tsx';

/** The API keys of a service account: which there are, a new one, the end of one. */
export function ApiKeys({ account }: { readonly account: AnyResource }) {
  const { api, organization, me } = useSignedIn();
  const { name } = account.metadata;
  const [keyName, setKeyName] = useState('');
  const [lifetime, setLifetime] = useState('90d');
  const changes = [['api-keys', organization, name]] as const;
  const keys = useQuery({
    queryKey: changes[0],
    enabled: may(me, 'apiKeys.read'),
    queryFn: ({ signal }) => api.listApiKeys({ organization, name }, { signal }),
  });
  const create = useAct({
    work: () => api.createApiKey({ organization, name, body: { name: keyName, lifetime } }),
    changes,
  });
  const revoke = useAct({
    work: (id: string) => api.revokeApiKey({ organization, name, id }),
    changes,
    told: () => ({ gate: 'ended', text: 'Revoked the key, and everything minted with it' }),
  });
  return (
    <section aria-label="API keys" className="flex flex-col gap-3">
      <h3 className="font-semibold">API keys</h3>
      {may(me, 'apiKeys.read') && (
        <Answered query={keys} label="Reading API keys">
          {({ items }) =>
            items.length === 0 ? (
              <p className="text-note text-ink-3">It has none: nothing signs in as it.</p>
            ) : (
              <ul>
                {items.map((key) => (
                  <li key={key.id} className="flex items-center gap-2 border-b border-line py-1.5">
                    <span className="min-w-0 flex-1">
                      <bdi className="font-medium">{key.name}</bdi>
                      <span className="block text-second text-ink-3">
                        until <Time at={key.expiresAt} />,{' '}
                        {key.lastUsedAt === undefined ? (
                          'never used'
                        ) : (
                          <>
                            used <Time at={key.lastUsedAt} form="distance" />
                          </>
                        )}
                      </span>
                    </span>
                    {may(me, 'apiKeys.revoke') && (
                      <IconButton
                        label={`Revoke the key ${key.name}`}
                        icon={<X size={14} strokeWidth={1.6} aria-hidden="true" />}
                        onClick={() => revoke.mutate(key.id)}
                      />
                    )}
                  </li>
                ))}
              </ul>
            )
          }
        </Answered>
      )}
      {revoke.error !== null && <ProblemNotice error={revoke.error} />}
      {may(me, 'apiKeys.create') && (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (keyName !== '') create.mutate(undefined, { onSuccess: () => setKeyName('') });
          }}
        >
          <Field label="Name of the key" className="min-w-[140px] flex-1">
            {(control) => (
              <Input
                {...control}
                mono
                value={keyName}
                maxLength={63}
                onChange={({ target }) => setKeyName(target.value)}
              />
            )}
          </Field>
          <Field label="For" className="w-20">
            {(control) => <Input {...control} value={lifetime} onChange={({ target }) => setLifetime(target.value)} />}
          </Field>
          <Button
            type="submit"
            busy={create.isPending && 'Creating'}
            disabledReason={keyName === '' ? 'Give it a name.' : undefined}
          >
            Create key
          </Button>
        </form>
      )}
      {create.error !== null && <ProblemNotice error={create.error} />}
      {create.data !== undefined && (
        <ShownOnce title={`The key ${create.data.apiKey.name}.`} value={create.data.secret} />
      )}
      <CommandLine
        command={`sallyport service-accounts keys create ${name} ${keyName || 'ci'} --lifetime ${lifetime || '90d'}`}
      />
    </section>
  );
}
