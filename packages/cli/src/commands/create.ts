import { randomUUID } from 'node:crypto';
import { Args, Flags } from '@oclif/core';
import { outputFlags, sessionFlags } from '../base-command.ts';
import { ResourceCommand } from '../resources/resource-command.ts';

/** `sallyport create` */
export default class Create extends ResourceCommand {
  static override summary = 'Create a resource from flags.';
  static override description =
    'Values of --spec are texts, numbers, true or false, and YAML in brackets or braces. For anything larger write a document and use "sallyport apply".';
  static override args = {
    kind: Args.string({ required: true, description: 'kind of the resource' }),
    name: Args.string({ required: true, description: 'its name' }),
  };
  static override flags = {
    label: Flags.string({ summary: 'label; may be repeated', helpValue: 'KEY=VALUE', multiple: true, default: [] }),
    spec: Flags.string({
      summary: 'field of the spec; may be repeated',
      helpValue: 'PATH=VALUE',
      multiple: true,
      default: [],
    }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport create project payments --label team=pay --spec description="Card payments"',
    "sallyport create group oncall --spec 'users=[jo@acme.example, ada@acme.example]'",
    "sallyport create binding oncall-edit --spec role=edit --spec 'subjects=[{kind: Group, name: oncall}]' --spec scope.kind=organization",
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof Create);
    const { kindOfWord } = await import('../resources/kind-words.ts');
    const { newDocument } = await import('../resources/new-document.ts');
    const kind = kindOfWord(this.ownKind ?? args.kind);
    const document = newDocument({ kind, name: args.name, labels: flags.label, fields: flags.spec });
    const resource = await this.withResources(flags, ({ resources }) =>
      resources.create(document, { idempotencyKey: randomUUID() }),
    );
    await this.printResource(flags, resource);
  }
}
