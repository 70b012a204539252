import { ApiProblemError } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { documentOf, documentText, newDocument, problemsOf, readDocument } from './documents.ts';

const resource = {
  apiVersion: 'sallyport.dev/v1',
  kind: 'Project',
  metadata: {
    id: 'prj_1',
    name: 'payments',
    labels: { team: 'pay' },
    resourceVersion: '3',
    createdAt: new Date(0),
    updatedAt: new Date(0),
  },
  spec: { description: 'Card payments' },
  status: { clusterCount: 2 },
};

describe('documents', () => {
  it('are what somebody may write of a resource, and read back as they are', () => {
    const document = documentOf(resource);
    expect(document).toEqual({
      apiVersion: 'sallyport.dev/v1',
      kind: 'Project',
      metadata: { name: 'payments', labels: { team: 'pay' } },
      spec: { description: 'Card payments' },
    });
    expect(readDocument(documentText(document), 'Project')).toEqual(document);
  });

  for (const [name, text, want] of [
    ['another kind', 'kind: Role\nmetadata: {name: a}', 'no document of kind Project'],
    ['nothing', '', 'no document of kind Project'],
    ['no name', 'kind: Project\nmetadata: {}', 'no metadata.name'],
  ] as const) {
    it(`refuse ${name}`, () => expect(() => readDocument(text, 'Project')).toThrow(want));
  }

  it('begin empty', () => expect(newDocument('Project').metadata.name).toBe(''));

  it('know where the server finds them wrong', () => {
    const problem = {
      ...{ type: 'about:blank', title: 'Invalid', status: 400, detail: 'broken', code: 'ERR_API_REQUEST_INVALID' },
      problems: [{ path: 'spec.role', message: 'there is no role x' }],
    };
    expect(problemsOf(new ApiProblemError(problem))).toEqual({ 'spec.role': 'there is no role x' });
    expect(problemsOf(new Error('x'))).toEqual({});
  });
});
