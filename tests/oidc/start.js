// Starts a certified OpenID provider on loopback: prints its issuer, then each response of its token and revocation
// endpoints, one JSON object on each line. It ends at the end of its standard input.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { port = 0, deviceCodeTtl = 600, accessTokenTtl = 3600 } = JSON.parse(process.argv[2] ?? '{}');
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const server = createServer();
server.listen(port, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'mesheryctl',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      // Of a loopback URL only the port may differ.
      redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'http://localhost/callback'],
    }],
    claims: { openid: ['sub'], email: ['email'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.org` }) }),
    // Pages for development: any name signs in, and a link denies access.
    features: { devInteractions: { enabled: true }, deviceFlow: { enabled: true }, revocation: { enabled: true } },
    ttl: { AccessToken: accessTokenTtl, AuthorizationCode: 60, DeviceCode: deviceCodeTtl, IdToken: 3600, Interaction: 600, Grant: 3600, Session: 3600, RefreshToken: 86400 },
    cookies: { keys: ['for this run only'] },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.method === 'POST' && ['/token', '/token/revocation'].includes(ctx.path)) {
      print({ path: ctx.path, grant: ctx.oidc?.params?.grant_type, status: ctx.status, error: ctx.body?.error });
    }
  });
  server.on('request', provider.callback());
  print({ issuer });
});

process.stdin.resume().on('end', () => process.exit(0));
