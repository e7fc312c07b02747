import type { ColumnDefinitionNode, KyselyPlugin } from 'kysely'
import { DataTypeNode, OperationNodeTransformer, RawNode } from 'kysely'

/**
 * Columns of text compare by their bytes, as on SQLite, whatever language the database was made for: identifiers are
 * paged in the order they were made, and an index serves it.
 */
class TextByBytes extends OperationNodeTransformer {
  protected override transformColumnDefinition(node: ColumnDefinitionNode): ColumnDefinitionNode {
    const changed = super.transformColumnDefinition(node)
    const isText = DataTypeNode.is(changed.dataType) && changed.dataType.dataType === 'text'
    return isText ? { ...changed, dataType: RawNode.createWithSql('text collate "C"') } : changed
  }
}

const transformer = new TextByBytes()

export const textByBytes: KyselyPlugin = {
  transformQuery: ({ node }) => transformer.transformNode(node),
  transformResult: async ({ result }) => result,
}
