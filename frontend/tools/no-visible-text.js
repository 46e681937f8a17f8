// Text that a person sees or hears comes from lib/text, so that it can be read,
// corrected and translated in one place. This rule refuses words in markup and
// in the attributes that are shown or spoken.

const spoken = new Set([
  'alt',
  'aria-label',
  'aria-description',
  'aria-roledescription',
  'aria-valuetext',
  'caption',
  'description',
  'heading',
  'hint',
  'label',
  'legend',
  'placeholder',
  'title',
]);

const hasWord = (text) => /\p{L}{2,}/u.test(text);

/** @type {import('eslint').Rule.RuleModule} */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      markup: 'Take "{{text}}" from lib/text: no visible string stands in a component.',
      attribute: 'Take the {{name}} "{{text}}" from lib/text: no visible string stands in a component.',
    },
  },
  create(context) {
    const short = (text) => text.trim().replace(/\s+/g, ' ').slice(0, 40);
    return {
      SvelteText(node) {
        const parent = node.parent?.type;
        if (parent === 'SvelteStyleElement' || parent === 'SvelteScriptElement') return;
        if (hasWord(node.value)) {
          context.report({ node, messageId: 'markup', data: { text: short(node.value) } });
        }
      },
      SvelteAttribute(node) {
        if (!spoken.has(node.key.name)) return;
        for (const value of node.value) {
          if (value.type === 'SvelteLiteral' && hasWord(value.value)) {
            context.report({
              node,
              messageId: 'attribute',
              data: { name: node.key.name, text: short(value.value) },
            });
          }
        }
      },
      'SvelteMustacheTag > Literal, SvelteMustacheTag > TemplateLiteral > TemplateElement'(node) {
        const text = typeof node.value === 'string' ? node.value : (node.value?.raw ?? '');
        const owner = node.parent.type === 'TemplateLiteral' ? node.parent.parent.parent : node.parent.parent;
        const inMarkup =
          owner.type === 'SvelteElement' || owner.type === 'Program' || owner.type.endsWith('Block');
        const inSpoken = owner.type === 'SvelteAttribute' && spoken.has(owner.key.name);
        if (hasWord(text) && (inMarkup || inSpoken)) {
          context.report({ node, messageId: 'markup', data: { text: short(text) } });
        }
      },
    };
  },
};
