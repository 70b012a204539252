import { describe, expect, it } from 'vitest';
import { html } from './html.ts';
import { failurePage } from './page.ts';

describe('html', () => {
  it('SEC-H05 escapes every value in content and quoted attributes', () => {
    const hostile = `<script>alert(1)</script>" onload='x' &`;
    const { markup } = html`<a title="${hostile}">${hostile}</a>`;
    expect(markup).toBe(
      '<a title="&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;">' +
        '&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;</a>',
    );
  });

  it('takes markup of its own as it is, and lists of it', () => {
    expect(html`${[html`<b>${1}</b>`, html`<i>2</i>`]}${undefined}`.markup).toBe('<b>1</b><i>2</i>');
  });

  it('shows a failure as a sentence with code and next step', () => {
    const body = failurePage({ title: 'T', message: 'the <b> is away', code: 'ERR_X', nextStep: 'Wait.' });
    expect(body).toContain('The &lt;b&gt; is away.');
    expect(body).toContain('<code>ERR_X</code>');
    expect(body).toContain('<p>Wait.</p>');
  });
});
