import { readFileSync } from 'node:fs';

const docs = new URL('../../docs/', import.meta.url);

/** An expression of PromQL, and where it stands. */
export interface Expression {
  readonly where: string;
  readonly expr: string;
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

/** Every expression of the dashboard, with its variables as they are. */
export function dashboardExpressions(): Expression[] {
  const { panels } = JSON.parse(readFileSync(new URL('grafana.json', docs), 'utf8')) as Dashboard;
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: title, expr })),
  );
}

/** The expressions of all alert rules, as one text. */
export function alertRules(): string {
  return readFileSync(new URL('alerts.yml', docs), 'utf8');
}
