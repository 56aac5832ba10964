/** The floors of docs/architecture.md, lowest first. A module imports only from floors below its own. */
const floors = [
  ['protocol'],
  ['platform'],
  ['config', 'observability'],
  ['secrets', 'database', 'http'],
  ['identity'],
  ['peers'],
  ['calls'],
  ['admission'],
  ['neighbors'],
  ['routing'],
  ['gossip', 'sync', 'registration'],
  ['maintenance'],
  ['openapi', 'transfer'],
  ['cli', 'simulation'],
];

const inside = (modules) => `^src/(${modules.join('|')})/`;

const downwardOnly = floors
  .flatMap((floor, level) =>
    floor.map((module) => ({
      name: `${module}-imports-downward`,
      severity: 'error',
      from: { path: inside([module]) },
      to: {
        path: inside(
          floors
            .slice(level)
            .flat()
            .filter((other) => other !== module),
        ),
      },
    })),
  )
  .filter(({ to }) => to.path !== inside([]));

module.exports = {
  forbidden: [
    ...downwardOnly,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-is-pure',
      comment: 'The wire language knows no framework, no I/O and no process.',
      severity: 'error',
      from: { path: '^src/protocol/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'protocol-without-nest',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { path: 'node_modules/(@nestjs|typeorm|pg|undici|pino)/' },
    },
    {
      name: 'every-module-has-a-floor',
      severity: 'error',
      from: { path: '^src/', pathNot: `${inside(floors.flat())}|^src/[^/]+\\.ts$` },
      to: {},
    },
    {
      name: 'code-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
