/** The table without its stream, for whoever does not read that. */
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** DynamoDB Local's writes grow slower with every record of a stream. */
export async function createTableWithoutStream(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'Endpoint', AttributeType: 'S' },
        { AttributeName: 'EventHour', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'Endpoint', KeyType: 'HASH' },
        { AttributeName: 'EventHour', KeyType: 'RANGE' },
      ],
    }),
  );
}
