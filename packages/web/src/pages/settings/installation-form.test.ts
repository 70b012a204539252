import { describe, expect, it } from 'vitest';
import { specOfForm, textOfSupportLinks } from './installation-form.ts';

const formOf = (fields: Readonly<Record<string, string>>) => new Map(Object.entries(fields)) as unknown as FormData;

describe('the settings of the installation', () => {
  it('keep what the form does not show, and lose what was emptied', () => {
    const before = {
      branding: { name: 'Old', logo: 'data:image/png;base64,AAAA' },
      maintenance: { message: 'soon', severity: 'warning' },
      limits: { clusters: 4, users: 10 },
    } as const;
    expect(specOfForm(before, formOf({ name: '', message: ' ', clusters: '8' }), 'warning')).toEqual({
      branding: { logo: 'data:image/png;base64,AAAA' },
      limits: { clusters: 8 },
    });
  });

  it('say what was typed', () => {
    expect(specOfForm({}, formOf({ name: 'Halden', message: 'At noon', users: '20' }), 'info')).toEqual({
      branding: { name: 'Halden' },
      maintenance: { message: 'At noon', severity: 'info' },
      limits: { users: 20 },
    });
    expect(specOfForm({}, formOf({}), 'info')).toEqual({});
  });

  it('have links to help a line each, as they were', () => {
    const supportLinks = [
      { label: 'Help desk', url: 'https://help.example.com/' },
      { label: 'Chat', url: 'https://chat.example.com/#clusters' },
    ];
    const text = textOfSupportLinks(supportLinks);
    expect(text).toBe('Help desk https://help.example.com/\nChat https://chat.example.com/#clusters');
    expect(specOfForm({}, formOf({ supportLinks: `\n ${text} \n\n` }), 'info')).toEqual({ branding: { supportLinks } });
    expect(specOfForm({ branding: { supportLinks } }, formOf({ supportLinks: '' }), 'info')).toEqual({});
    expect(textOfSupportLinks()).toBe('');
  });

  it('leave it to the server to refuse a line without a label', () => {
    const { branding } = specOfForm({}, formOf({ supportLinks: 'https://help.example.com/' }), 'info');
    expect(branding?.supportLinks).toEqual([{ label: '', url: 'https://help.example.com/' }]);
  });
});
