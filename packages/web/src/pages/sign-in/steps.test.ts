import { describe, expect, it } from 'vitest';
import { stepsFor } from './steps.ts';

describe('stepsFor', () => {
  for (const [publicUrl, want] of [
    ['https://sallyport.example.com', 'sallyport login sallyport.example.com'],
    ['https://sallyport.example.com:443', 'sallyport login sallyport.example.com'],
    ['https://127.0.0.1:7443', 'sallyport login 127.0.0.1:7443'],
    ['https://[::1]:7443', "sallyport login '[::1]:7443'"],
  ] as const) {
    it(`signs in at ${publicUrl} with: ${want}`, () => {
      expect(stepsFor({ publicUrl })[0]?.command).toBe(want);
    });
  }

  it('leads to kubectl in three commands', () => {
    expect(stepsFor({ publicUrl: 'https://a.test' }).map((step) => step.command)).toEqual([
      'sallyport login a.test',
      'sallyport kube login --set-current',
      'kubectl get pods',
    ]);
  });
});
