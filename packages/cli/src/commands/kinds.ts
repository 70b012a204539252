import { Args, type Command } from '@oclif/core';
import { type KindName, kinds } from '@sallyport/core/api';
import { singularOf } from '../resources/kind-words.ts';
import Create from './create.ts';
import Delete from './delete.ts';
import Edit from './edit.ts';
import Get from './get.ts';

/** Verbs that the topic of a kind has, beside commands of its own. */
export type KindVerb = 'list' | 'show' | 'create' | 'edit' | 'delete';

/**
 * The command of a kind's own topic, for example `projects create`: a general command of which the kind is known. Takes
 * the same flags.
 */
export function kindCommand(kind: KindName, verb: KindVerb): Command.Class {
  const { collection } = kinds[kind];
  const [one, some] = [singularOf(kind), collection.replaceAll('-', ' ')];
  const article = /^[aeio]/.test(one) ? 'an' : 'a';
  const name = (isRequired: boolean) => ({
    name: Args.string({ required: isRequired, description: `name of the ${one}` }),
  });
  switch (verb) {
    case 'list':
      return class extends Get {
        static override summary = `List ${some}.`;
        static override description = kinds[kind].summary;
        static override args = {} as never;
        static override strict = true;
        static override usage = `${collection} list [FLAGS]`;
        static override examples = [`sallyport ${collection} list -o wide`];
        protected override readonly ownKind = collection;
      } as Command.Class;
    case 'show':
      return class extends Get {
        static override summary = `Show ${article} ${one}.`;
        static override description = kinds[kind].summary;
        static override args = name(true) as never;
        static override usage = `${collection} show NAME… [FLAGS]`;
        static override examples = [`sallyport ${collection} show NAME -o yaml`];
        protected override readonly ownKind = collection;
      } as Command.Class;
    case 'create':
      return class extends Create {
        static override summary = `Create ${article} ${one} from flags.`;
        static override args = name(true) as never;
        static override usage = `${collection} create NAME [FLAGS]`;
        static override examples = [`sallyport ${collection} create NAME --label KEY=VALUE --spec PATH=VALUE`];
        protected override readonly ownKind = collection;
      } as Command.Class;
    case 'edit':
      return class extends Edit {
        static override summary = `Change ${article} ${one} in your editor.`;
        static override args = name(true) as never;
        static override usage = `${collection} edit NAME [FLAGS]`;
        static override examples = [`sallyport ${collection} edit NAME`];
        protected override readonly ownKind = collection;
      } as Command.Class;
    case 'delete':
      return class extends Delete {
        static override summary = `Delete ${some} by name.`;
        static override args = name(false) as never;
        static override usage = `${collection} delete NAME… [FLAGS]`;
        static override examples = [`sallyport ${collection} delete NAME`];
        protected override readonly ownKind = collection;
      } as Command.Class;
  }
}
