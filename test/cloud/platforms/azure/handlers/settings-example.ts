/** What the template sets, for an app of one name. */
export const SETTINGS_EXAMPLE = {
  MTS_TABLE_URL: 'https://presses.table.core.windows.net/',
  MTS_TABLE: 'presses',
  MTS_BLOB_URL: 'https://presses.blob.core.windows.net/',
  MTS_ASIDE_CONTAINER: 'aside',
  MTS_QUEUE_URL: 'https://presses.queue.core.windows.net/',
  MTS_FAILURE_QUEUE: 'failures',
  MTS_MONITOR_REGION: 'westeurope',
  MTS_RESOURCE_ID: '/subscriptions/1/resourceGroups/mbed/providers/Microsoft.Web/sites/mbed-presses',
} as const;
