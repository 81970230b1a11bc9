/** What Azure Monitor calls the metric. Dashboards look for these names. */
export const NAMESPACE = 'mbed';
export const METRIC = 'button_presses';
export const DIMENSION = 'endpoint';

/**
 * Whom a token is for, when a metric is told: `https://monitoring.azure.com/`, with its slash, so there are two.
 * https://learn.microsoft.com/azure/azure-monitor/essentials/metrics-store-custom-rest-api
 */
export const TELL_SCOPE = 'https://monitoring.azure.com//.default';
/** And when it is read. https://learn.microsoft.com/azure/azure-monitor/essentials/rest-api-walkthrough */
export const READ_SCOPE = 'https://management.azure.com/.default';

/** A bearer token for a scope, cached as long as it is good by whoever gives it. Rejects if there is none. */
export type GetToken = (scope: typeof TELL_SCOPE | typeof READ_SCOPE) => Promise<string>;
