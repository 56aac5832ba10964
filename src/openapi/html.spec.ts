import { describe, expect, it } from 'vitest';
import { html, prose } from './html.js';

describe('html', () => {
  it('escapes texts, in content and in attributes', () => {
    expect(html`<a title="${`"'`}">${'<b>&'}</a>`.text).toBe('<a title="&quot;&#39;">&lt;b&gt;&amp;</a>');
  });

  it('keeps pieces of HTML, one or many', () => {
    expect(html`${html`<b>${1}</b>`}-${[html`<i></i>`, html`<u></u>`]}`.text).toBe('<b>1</b>-<i></i><u></u>');
  });
});

describe('prose', () => {
  it.each([
    ['plain', 'plain'],
    ['send `<x>` & go', 'send <code>&lt;x&gt;</code> &amp; go'],
    ['one\n\ntwo', 'one<br>two'],
  ])('shows %j', (text, shown) => {
    expect(prose(text).text).toBe(shown);
  });
});
