/** What AWS or its tools said, as this project's own errors: whose fault, and what to do next. */
import { MtsError, OutsideError } from '../../cloud/protocol/errors.ts';

interface Explanation {
  /** In any message of the error or of what caused it. */
  readonly pattern: RegExp;
  readonly message: string;
  readonly fix: string;
}

/** The first that fits decides. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|ENETUNREACH|socket hang up/,
    message: 'AWS cannot be reached',
    fix: 'Check the network, and --region: a name that is no region has no address.',
  },
  {
    pattern: /ExpiredToken|token (?:included in the request )?is expired|session has expired|security token .*expired/i,
    message: 'the credentials for AWS have expired',
    fix: 'Sign in again, for example with `aws sso login`.',
  },
  {
    pattern: /bootstrap|cdk-hnb659fds/i,
    message: 'this account and region were not prepared for deployments yet',
    fix: 'Prepare it, once for all: mts aws deploy --bootstrap',
  },
  {
    pattern:
      /CredentialsProviderError|Could not load credentials|Unable to resolve AWS account|no credentials have been configured|Could not resolve credentials|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient/i,
    message: 'AWS was given no credentials that it knows',
    fix: 'Give --profile NAME, or set AWS_PROFILE; `aws configure` or `aws configure sso` makes a profile.',
  },
  {
    pattern: /already exists/i,
    message: 'something in this account has one of the names',
    fix: 'Give --prefix, like --prefix test_, or delete what has the name if it is yours to delete.',
  },
  {
    pattern: /AccessDenied|not authorized to perform/i,
    message: 'the credentials do not allow it',
    fix: 'Use a profile that may deploy with CloudFormation, or ask whoever runs the account.',
  },
];

/** OutsideError for what came from outside; anything else, our own errors among them, comes back as it is. */
export function explained(error: unknown): unknown {
  if (error instanceof MtsError || !isFromOutside(error)) return error;
  const told = messagesOf(error).join(': ');
  const { message, fix } = EXPLANATIONS.find(({ pattern }) => pattern.test(told)) ?? {
    message: 'AWS refused',
    fix: 'See the events of the stack in the CloudFormation console.',
  };
  return new OutsideError('SERVER', `${message}: ${firstLines(told)}`, fix, { cause: error });
}

/** These are bugs: ours, whoever ran into them. `fetch failed` is a TypeError all the same. */
const BUGS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

function isFromOutside(error: unknown): error is Error {
  return error instanceof Error && (!BUGS.has(error.name) || error.message === 'fetch failed');
}

/** Of an error, what caused it, and all of an AggregateError, each once. */
function messagesOf(error: unknown, seen = new Set<unknown>()): string[] {
  if (!(error instanceof Error) || seen.has(error)) return [];
  seen.add(error);
  const { code } = error as NodeJS.ErrnoException;
  const inner = error instanceof AggregateError ? error.errors : [];
  const own = [error.name === 'Error' ? '' : error.name, code ?? '', error.message].filter((text) => text !== '');
  return [...new Set([...own, ...[error.cause, ...inner].flatMap((one) => messagesOf(one, seen))])];
}

const SHOWN = 600;

function firstLines(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
