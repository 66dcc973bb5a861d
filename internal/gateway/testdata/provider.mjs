// An OpenID Connect provider as it is published, with the one user of each
// subject. It signs in whoever comes: the login page of its own is answered for
// them by the name in the query. Run as: node provider.mjs <folder> <callback>
import {createServer} from 'node:http';
import {pathToFileURL} from 'node:url';

const [home, callback] = process.argv.slice(2);
const {default: Provider} = await import(pathToFileURL(`${home}/lib/index.js`));

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{client_id: 'dramac', client_secret: 'a secret of the client', redirect_uris: [callback], token_endpoint_auth_method: 'client_secret_basic'}],
  claims: {openid: ['sub'], email: ['email', 'email_verified'], profile: ['name']},
  cookies: {keys: ['a key of the test']},
  features: {devInteractions: {enabled: false}},
  pkce: {required: () => true},
  // A subject is "<name>|<address>|<verified>".
  findAccount: (_, id) => {
    const [, email, verified] = id.split('|');
    return {accountId: id, claims: () => ({sub: id, email, email_verified: verified === 'true'})};
  },
  interactions: {url: (_, interaction) => `/interaction/${interaction.uid}`},
});

// The pages of the provider: signing in as the account that the test's header
// names, and agreeing to everything that is asked.
server.on('request', async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response);
  const asked = await provider.interactionDetails(request, response);
  const {prompt, params, session} = asked;
  if (request.headers['x-refuse']) return provider.interactionFinished(request, response, {error: 'access_denied'});
  if (prompt.name === 'login') return provider.interactionFinished(request, response, {login: {accountId: request.headers['x-account']}});
  const grant = new provider.Grant({accountId: session.accountId, clientId: params.client_id});
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, {consent: {grantId: await grant.save()}}, {mergeWithLastSubmission: true});
});

console.log(issuer);
