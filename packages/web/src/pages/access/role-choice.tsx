import { shortDuration } from '../../ui/time-words.ts';
import { longestOf, type Requestable } from './request-draft.ts';

/** What {@link RoleChoice} chooses from. */
export interface RoleChoiceProps {
  readonly choices: readonly Requestable[];
  readonly chosen: Requestable | undefined;
  readonly problem: string | undefined;
  readonly onChoose: (choice: Requestable) => void;
}

/** The roles that may be asked for, each with its price. */
export function RoleChoice({ choices, chosen, problem, onChoose }: RoleChoiceProps) {
  return (
    <fieldset className="flex flex-col gap-1" aria-describedby={problem === undefined ? undefined : 'role-problem'}>
      <legend className="pb-1 text-body font-semibold">What do you need?</legend>
      <div className="overflow-hidden rounded-box border border-line-2">
        {choices.map((choice) => (
          <label
            key={`${choice.policy} ${choice.role}`}
            className="grid min-h-9 grid-cols-[28px_112px_1fr_auto] items-center border-t border-line px-3 py-1.5 first:border-t-0 hover:bg-hover has-checked:bg-select max-md:grid-cols-[28px_1fr_auto]"
          >
            <input
              type="radio"
              className="size-4 accent-accent"
              name="role"
              checked={choice === chosen}
              onChange={() => onChoose(choice)}
              aria-invalid={problem === undefined ? undefined : true}
            />
            <span className="font-semibold">
              <bdi>{choice.role}</bdi>
            </span>
            <span className="min-w-0 text-ink-2 max-md:order-last max-md:col-span-2 max-md:col-start-2 max-md:text-second">
              <bdi>{choice.description ?? ''}</bdi>
            </span>
            <span className="text-right text-second text-ink-3">{priceOf(choice)}</span>
          </label>
        ))}
      </div>
      {problem !== undefined && (
        <p className="text-second text-danger" id="role-problem">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

function priceOf(choice: Requestable): string {
  const { approvals, mayAutoApprove } = choice;
  const count = `${approvals} ${approvals === 1 ? 'approval' : 'approvals'}`;
  return `${mayAutoApprove ? `at once or ${count}` : count}, up to ${shortDuration(longestOf(choice))}`;
}
