import svelteParser from 'svelte-eslint-parser';
import { RuleTester } from 'eslint';
import { describe, it } from 'vitest';
import rule from './no-visible-text.js';

RuleTester.describe = describe;
RuleTester.it = it;

new RuleTester({ languageOptions: { parser: svelteParser } }).run('no-visible-text', rule, {
  valid: [
    '<p>{t.overview.title}</p>',
    '<p>{a} / {b}</p>',
    '<input aria-label={t.search} class="govuk-input" />',
    '<div class={`cell cell--${tone}`}></div>',
    '<style>p { color: red }</style>',
  ],
  invalid: [
    { code: '<p>Overview</p>', errors: [{ messageId: 'markup' }] },
    { code: '<p>{"Overview"}</p>', errors: [{ messageId: 'markup' }] },
    { code: '<p>{`of ${n} runs`}</p>', errors: 2 },
    { code: '<input aria-label="Search" />', errors: [{ messageId: 'attribute' }] },
    { code: '<Field label="Title" />', errors: [{ messageId: 'attribute' }] },
    { code: '<Field label={"Title"} />', errors: [{ messageId: 'markup' }] },
  ],
});
