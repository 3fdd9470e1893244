/** The import table of docs/architecture.md, enforced. `tests/unit/boundaries` plants violations to prove that it bites. */
const room = (name, from, allowed) => ({
  name,
  severity: 'error',
  comment: `${name}: see the import table in docs/architecture.md`,
  from: { path: from },
  to: { path: '^(handlers|lib|offline|demo|scripts|tests|bench)/', pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    room('handlers-see-container-and-events', '^handlers/', ['^lib/container\\.ts$', '^lib/events/']),
    room('events-see-domain', '^lib/events/', ['^lib/domain/']),
    room('usecases-see-domain-and-ports', '^lib/usecases/', ['^lib/domain/', '^lib/ports/']),
    room('ports-see-domain', '^lib/ports/', ['^lib/domain/']),
    room('domain-sees-nothing', '^lib/domain/', []),
    room('actions-see-action-and-domain', '^lib/actions/', ['^lib/domain/']),
    room('rules-see-actions', '^lib/rules\\.ts$', ['^lib/actions/']),
    room('adapters-see-ports-and-domain', '^lib/adapters/', ['^lib/ports/', '^lib/domain/']),
    room('config-sees-domain', '^lib/config\\.ts$', ['^lib/domain/']),
    room('container-sees-lib', '^lib/container\\.ts$', ['^lib/']),
    {
      name: 'config-only-from-container',
      severity: 'error',
      from: { path: '^(handlers|lib)/', pathNot: '^lib/container\\.ts$' },
      to: { path: '^lib/config\\.ts$' },
    },
    {
      name: 'aws-sdk-only-in-adapters',
      severity: 'error',
      from: { path: '^(handlers|lib)/', pathNot: '^lib/adapters/' },
      to: { path: '(^|/)node_modules/@(aws-sdk|smithy)/' },
    },
    {
      name: 'domain-does-no-io',
      severity: 'error',
      from: { path: '^lib/(domain|usecases|ports|events)/' },
      to: { dependencyTypes: ['core'], pathNot: ['^(node:)?crypto$', '^(node:)?stream'] },
    },
    {
      name: 'deployed-code-knows-nothing-local',
      severity: 'error',
      from: { path: '^(handlers|lib)/' },
      to: { path: '^(offline|demo|scripts|tests|bench)/' },
    },
    {
      name: 'deployed-code-uses-dependencies-only',
      severity: 'error',
      from: { path: '^(handlers|lib)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
