/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles: a Lambda function finds its credentials in its environment,
 * always. The chain of files, SSO and metadata services would be half of each bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
