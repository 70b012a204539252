/**
 * YAML that somebody else has written: configuration files, kubeconfigs, documents to be applied. {@link parseYaml} reads one
 * document and never quotes it in an error; {@link formatYaml} writes one; {@link assertShallow} guards whoever composes by themselves.
 *
 * @packageDocumentation
 */
export { formatYaml } from './format-yaml.ts';
export { assertShallow, MAX_YAML_DEPTH, parseYaml, parseYamlDocuments, tooDeepAt } from './parse-yaml.ts';
