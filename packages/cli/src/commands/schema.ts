import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { formatData } from '../output/format.ts';

/** `sallyport schema` */
export default class Schema extends BaseCommand {
  static override summary = 'Print the JSON Schema of documents, for your editor.';
  static override description =
    'Without a kind, the schema of documents of any kind. Editors take it from a comment in the file: "# yaml-language-server: $schema=sallyport.json".';
  static override args = { kind: Args.string({ description: 'kind of the documents' }) };
  static override examples = ['sallyport schema > sallyport.json', 'sallyport schema role'];

  async run(): Promise<void> {
    const { args } = await this.parse(Schema);
    const { documentJsonSchema, kindJsonSchema } = await import('@sallyport/core/api');
    const { kindOfWord } = await import('../resources/kind-words.ts');
    const schema = args.kind === undefined ? documentJsonSchema() : kindJsonSchema(kindOfWord(args.kind));
    this.data(await formatData('json', schema));
  }
}
