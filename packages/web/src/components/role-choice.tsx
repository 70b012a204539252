import { longestOf, type Requestable } from '../api/request-draft.ts';
import { shortDuration } from '../api/words.ts';

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
    <fieldset className="field" aria-describedby={problem === undefined ? undefined : 'role-problem'}>
      <legend className="field-label">What do you need?</legend>
      <div className="choices">
        {choices.map((choice) => (
          <label key={`${choice.policy} ${choice.role}`} className="choice-row">
            <input
              type="radio"
              name="role"
              checked={choice === chosen}
              onChange={() => onChoose(choice)}
              aria-invalid={problem === undefined ? undefined : true}
            />
            <span className="choice-role">
              <bdi>{choice.role}</bdi>
            </span>
            <span className="choice-text">
              <bdi>{choice.description ?? ''}</bdi>
            </span>
            <span className="choice-price">{priceOf(choice)}</span>
          </label>
        ))}
      </div>
      {problem !== undefined && (
        <p className="field-problem" id="role-problem">
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
