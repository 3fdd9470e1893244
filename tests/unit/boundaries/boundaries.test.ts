import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** The violations in the planted tree, as `file → rule`. */
const plantedViolations = (): string[] => {
  const { stdout } = spawnSync(
    join(root, 'node_modules', '.bin', 'depcruise'),
    ['handlers', 'lib', 'offline', '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'],
    { cwd: join(import.meta.dirname, 'planted'), encoding: 'utf8' },
  );
  const report = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return report.summary.violations.map(({ from, rule }) => `${from} → ${rule.name}`);
};

describe('the import table', () => {
  it('is enforced: each planted violation is found, under the rule it breaks', () => {
    expect([...new Set(plantedViolations())].sort()).toEqual(
      [
        'handlers/sees-a-use-case.ts → handlers-see-container-and-events',
        'lib/actions/sees-an-adapter.ts → actions-see-action-and-domain',
        'lib/adapters/sees-the-local-cloud.ts → adapters-see-ports-and-domain',
        'lib/adapters/sees-the-local-cloud.ts → deployed-code-knows-nothing-local',
        'lib/domain/cycle-one.ts → no-cycles',
        'lib/domain/reads-a-file.ts → domain-does-no-io',
        'lib/domain/sees-an-adapter.ts → domain-sees-nothing',
        'lib/events/sees-an-action.ts → events-see-domain',
        'lib/ports/sees-a-use-case.ts → ports-see-domain',
        'lib/usecases/sees-the-sdk.ts → aws-sdk-only-in-adapters',
      ].sort(),
    );
  });
});
