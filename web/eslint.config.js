import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const noMarkup = 'Text of people never becomes markup: build nodes, and set textContent.';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]", message: noMarkup },
        { selector: "MemberExpression[property.value=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]", message: noMarkup },
        { selector: "JSXAttribute[name.name=/^(dangerouslySetInnerHTML|innerHTML)$/]", message: noMarkup },
        { selector: "MemberExpression[object.name='document'][property.name=/^writeln?$/]", message: noMarkup },
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
