import tseslint from 'typescript-eslint';

const timeAndChance = [
  { object: 'Date', property: 'now', message: 'Inject Clock.' },
  { object: 'Math', property: 'random', message: 'Inject Random.' },
  { object: 'performance', property: 'now', message: 'Inject Clock.' },
  { object: 'process', property: 'env', message: 'Read configuration through src/config.' },
];

// Wrong for texts outside ASCII, once Node 20 has optimised whoever calls it.
const canParse = { object: 'URL', property: 'canParse', message: 'Use parseUrl of src/protocol/url.' };

export default tseslint.config(
  { ignores: ['dist', 'data', 'coverage', 'node_modules', '**/*.cjs', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      'max-lines': ['error', { max: 250, skipComments: false }],
      'max-lines-per-function': ['error', { max: 45, skipComments: true, skipBlankLines: true }],
      'no-restricted-properties': ['error', ...timeAndChance, canParse],
      'no-restricted-globals': ['error', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Inject Clock.' },
        {
          selector: "MethodDefinition[kind='constructor'] > FunctionExpression[params.length>6]",
          message: 'A constructor has at most 6 collaborators.',
        },
      ],
      'no-restricted-imports': ['error', { paths: ['node:timers/promises', 'node:timers'] }],
    },
  },
  {
    // The adapters to the outside, and the edges where a process begins.
    files: ['src/platform/**/*.ts', 'src/config/**/*.ts', 'src/cli/**/*.ts', 'src/main.ts'],
    rules: {
      'no-restricted-properties': ['error', canParse],
      'no-restricted-globals': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-syntax': 'off',
      'no-restricted-imports': 'off',
    },
  },
);
