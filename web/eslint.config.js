import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const noMarkup = 'Text of people never becomes markup: build nodes, and set textContent.';
const markup = '/^(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc|createContextualFragment|parseFromString|setHTMLUnsafe)$/';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: `MemberExpression[property.name=${markup}]`, message: noMarkup },
        { selector: `MemberExpression[property.value=${markup}]`, message: noMarkup },
        { selector: `JSXAttribute[name.name=${markup}]`, message: noMarkup },
        { selector: "CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]", message: noMarkup },
        { selector: "CallExpression[callee.object.property.name='document'][callee.property.name=/^write(ln)?$/]", message: noMarkup },
      ],
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { Buffer: 'readonly', process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly', fetch: 'readonly' } },
  },
);
