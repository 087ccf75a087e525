import type { CheckResult } from '../frameworks/app/main.ts';

export interface Column {
  engine: string;
  variant: string;
  results: CheckResult[];
}

const signs = { ok: '✓', lost: '–', 'n/a': 'n/a' };

/** The table of the documentation: a row per check, a column per engine and way of carrying the context. */
export function tableOf(columns: Column[]): string {
  const variants = [...new Set(columns.map(({ variant }) => variant))];
  const engines = [...new Set(columns.map(({ engine }) => engine))];
  const names = columns[0]?.results.map(({ name }) => name) ?? [];
  const outcome = (engine: string, variant: string, name: string): string => {
    const found = columns
      .find((column) => column.engine === engine && column.variant === variant)
      ?.results.find((result) => result.name === name);
    return found ? signs[found.outcome] : '';
  };
  // One sign where the engines agree, else one for each.
  const cell = (variant: string, name: string): string => {
    const all = engines.map((engine) => outcome(engine, variant, name));
    return new Set(all).size === 1 ? (all[0] ?? '') : engines.map((engine, index) => `${engine[0]?.toUpperCase()} ${all[index]}`).join(' ');
  };
  const lines = [
    `| check | ${variants.join(' | ')} |`,
    `|---|${variants.map(() => '---|').join('')}`,
    ...names.map((name) => `| ${name} | ${variants.map((variant) => cell(variant, name)).join(' | ')} |`),
    ...engines.map(
      (engine) => `| **${engine}**: hold of ${names.length} | ${variants.map((variant) => sum(columns, engine, variant)).join(' | ')} |`,
    ),
  ];
  return lines.join('\n');
}

function sum(columns: Column[], engine: string, variant: string): string {
  const results = columns.find((column) => column.engine === engine && column.variant === variant)?.results ?? [];
  const count = (kind: string): number => results.filter(({ outcome }) => outcome === kind).length;
  return `**${count('ok')}**${count('n/a') ? ` (${count('n/a')} n/a)` : ''}`;
}
