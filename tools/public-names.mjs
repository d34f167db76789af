import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * What a package exports, by name: that of each entry in the `exports` of its package.json.
 *
 * @param folder - the package's
 */
export function publicNames(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.values(exports).flatMap((entry) => entry['@immiscible/source'] ?? []);
  return entries
    .map((entry) => join(folder, entry))
    .flatMap((file) => (existsSync(file) ? namesIn(file) : []));
}

function namesIn(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    ) {
      return statement.exportClause.elements.map(({ name }) => name.text);
    }
    const exported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    return exported && statement.name ? [statement.name.text] : [];
  });
}
