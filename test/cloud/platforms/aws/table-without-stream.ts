/** The table without its stream, for whoever does not read that. */
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../../../cloud/platforms/aws/local/dynamodb/table.ts';

/** DynamoDB Local's writes grow slower with every record of a stream. */
export async function createTableWithoutStream(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new CreateTableCommand({ TableName: name, ...TABLE }));
}
