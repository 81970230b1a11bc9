/** The stand-ins for CloudWatch, S3 and SQS as msw handlers: the SDK's requests reach them without a server. */
import { type HttpHandler, HttpResponse, http } from 'msw';
import type { AwsServices } from '../../../../cloud/platforms/aws/local/services/services.ts';
import { DROPPED } from '../../../../cloud/platforms/aws/local/services/wire.ts';

/** Statuses whose answers have no body. */
const WITHOUT_BODY = [204, 304];

/** Handlers for whatever is sent to these origins, such as `https://monitoring.eu-west-1.amazonaws.com`. */
export function answeredBy(services: AwsServices, ...origins: string[]): HttpHandler[] {
  return origins.map((origin) =>
    http.all(`${origin}/*`, async ({ request }) => {
      const { pathname, search } = new URL(request.url);
      const answer = await services.handle({
        method: request.method,
        origin,
        path: `${pathname}${search}`,
        headers: Object.fromEntries(request.headers),
        body: new Uint8Array(await request.arrayBuffer()),
      });
      if (answer === DROPPED) return HttpResponse.error();
      const { status, headers, body } = answer;
      return new HttpResponse(WITHOUT_BODY.includes(status) ? null : Buffer.from(body), { status, headers });
    }),
  );
}
