import { Args, type Command } from '@oclif/core';
import { type KindName, kinds } from '@sallyport/core/api';
import { singularOf } from '../resources/kind-words.ts';
import Create from './create.ts';
import Delete from './delete.ts';
import Edit from './edit.ts';
import Get from './get.ts';

/** Verbs that the topic of a kind has, beside commands of its own. */
export type KindVerb = 'list' | 'show' | 'create' | 'edit' | 'delete';

/** What a command of a kind says of itself. */
type Shape = Partial<Pick<Command.Class, 'summary' | 'description' | 'args' | 'strict' | 'usage' | 'examples'>>;

/**
 * The command of a kind's own topic, for example `projects create`: a general command of which the kind is known. Takes
 * the same flags.
 */
export function kindCommand(kind: KindName, verb: KindVerb): Command.Class {
  const { collection, summary: description } = kinds[kind];
  const one = singularOf(kind);
  const aOne = `${/^[aeio]/.test(one) ? 'an' : 'a'} ${one}`;
  const some = collection.replaceAll('-', ' ');
  const name = { name: Args.string({ required: true, description: `name of the ${one}` }) };
  const usage = (words: string) => `${collection} ${verb} ${words}`;
  const examples = (...words: readonly string[]) => words.map((it) => `sallyport ${collection} ${verb} ${it}`);

  switch (verb) {
    case 'list':
      return shaped(ofKind(Get, collection), {
        summary: `List ${some}.`,
        description,
        args: {},
        strict: true,
        usage: usage('[FLAGS]'),
        examples: examples('-o wide'),
      });
    case 'show':
      return shaped(ofKind(Get, collection), {
        summary: `Show ${aOne}.`,
        description,
        args: name,
        usage: usage('NAME… [FLAGS]'),
        examples: examples('NAME -o yaml'),
      });
    case 'create':
      return shaped(ofKind(Create, collection), {
        summary: `Create ${aOne} from flags.`,
        args: name,
        usage: usage('NAME [FLAGS]'),
        examples: examples('NAME --label KEY=VALUE --spec PATH=VALUE'),
      });
    case 'edit':
      return shaped(ofKind(Edit, collection), {
        summary: `Change ${aOne} in your editor.`,
        args: name,
        usage: usage('NAME [FLAGS]'),
        examples: examples('NAME'),
      });
    case 'delete':
      return shaped(ofKind(Delete, collection), {
        summary: `Delete ${some} by name.`,
        args: { name: Args.string({ description: `name of the ${one}` }) },
        usage: usage('NAME… [FLAGS]'),
        examples: examples('NAME'),
      });
  }
}

type General = typeof Get | typeof Create | typeof Edit | typeof Delete;

/** A general command that finds its kind in no argument. */
function ofKind(general: General, collection: string): Command.Class {
  return class extends (general as typeof Get) {
    protected override readonly ownKind = collection;
  };
}

function shaped(command: Command.Class, shape: Shape): Command.Class {
  return Object.assign(command, shape);
}
