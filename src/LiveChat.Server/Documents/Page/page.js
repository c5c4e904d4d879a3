'use strict';

// Everything is put into the page as text, never as markup.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter(child => child !== null));
  return made;
}

const code = text => element('code', {}, text);
const example = value => element('pre', { tabindex: '0' }, JSON.stringify(value, null, 2));
const idOf = text => text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '').toLowerCase();
const follow = (root, part) => part && part.$ref ? part.$ref.slice(2).split('/').reduce((at, key) => at[key], root) : part;

// A schema in a few words, with a link where it has a name.
function kind(schema, prefix) {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1);
    return [element('a', { href: `#${prefix}-${idOf(name)}` }, name)];
  }
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return several.flatMap((one, i) => i === 0 ? kind(one, prefix) : [' or ', ...kind(one, prefix)]);
  if (schema.allOf) return kind(schema.allOf[0], prefix);
  if ('const' in schema) return [code(JSON.stringify(schema.const))];
  if (schema.type === 'array') return ['list of ', ...kind(schema.items, prefix)];
  if (schema.properties) {
    const inner = Object.entries(schema.properties).flatMap(([name, field], i) => [i ? '; ' : '', code(name), ' ', ...kind(field, prefix)]);
    return ['{ ', ...inner, ' }'];
  }
  const words = [[].concat(schema.type ?? 'any').join(' or ')];
  if (schema.format) words.push(schema.format);
  if (schema.minimum !== undefined) words.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) words.push(`to ${schema.maximum}`);
  if (schema.maxLength !== undefined) words.push(`at most ${schema.maxLength} long`);
  if (schema.pattern) words.push('not blank');
  if (schema.default !== undefined) words.push(`default ${schema.default}`);
  const said = [words.join(', ')];
  if (schema.enum) said.push(': ', schema.enum.filter(word => word !== null).join(', '));
  return said;
}

function table(heads, rows) {
  return element('div', { class: 'scroll' }, element('table', {},
    element('thead', {}, element('tr', {}, ...heads.map(head => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, ...rows.map(cells => element('tr', {}, ...cells.map(cell => element('td', {}, ...[].concat(cell))))))));
}

function fields(schema, prefix) {
  if (!schema.properties) return element('p', {}, ...kind(schema, prefix));
  const required = schema.required ?? [];
  return table(['field', 'value', 'meaning'], Object.entries(schema.properties).map(([name, field]) =>
    [code(name), kind(field, prefix), [required.includes(name) ? 'always there. ' : '', field.description ?? '']]));
}

function response(api, [status, given]) {
  const answer = follow(api, given);
  const [type, body] = Object.entries(answer.content ?? {})[0] ?? [];
  const codes = body?.schema?.allOf?.[1]?.properties.code.enum;
  return [
    code(status),
    codes ? codes.map((word, i) => element('span', {}, i ? ', ' : '', code(word))) : type ? [type === 'application/json' ? '' : type, ...(body.schema ? kind(body.schema, 'rest') : [])] : '',
    [answer.description, ...Object.entries(answer.headers ?? {}).map(([name, header]) => element('div', {}, code(name), ` ${header.description}`))],
  ];
}

function operation(api, path, method, described) {
  const title = `${method.toUpperCase()} ${path}`;
  const body = described.requestBody && Object.values(described.requestBody.content)[0];
  const answered = Object.entries(described.responses).map(([status, given]) => [status, Object.values(follow(api, given).content ?? {})[0]?.example]).find(([, value]) => value);
  return element('article', { id: idOf(title), 'data-title': title },
    element('h3', {}, code(title)),
    element('p', {}, described.summary),
    described.security.length
      ? element('p', {}, 'Credential: ', described.security.map(any => Object.keys(any).join() || 'none').join(', or '), '.')
      : element('p', {}, 'Open to anybody.'),
    described.parameters ? element('h4', {}, 'Parameters') : null,
    described.parameters ? table(['name', 'in', 'value', 'meaning'], described.parameters.map(p => [code(p.name), p.in, kind(p.schema, 'rest'), p.description])) : null,
    body ? element('h4', {}, described.requestBody.required ? 'Body' : 'Body, which may be left out') : null,
    body ? element('p', {}, ...kind(body.schema, 'rest')) : null,
    body ? example(body.example) : null,
    element('h4', {}, 'Answers'),
    table(['status', 'body', 'meaning'], Object.entries(described.responses).map(entry => response(api, entry))),
    answered ? element('details', {}, element('summary', {}, `An example of ${answered[0]}`), example(answered[1])) : null);
}

function message(socket, reference) {
  const said = follow(socket, reference);
  return [element('p', {}, said.summary, ' ', ...kind(said.payload, 'socket')), example(said.examples[0].payload)];
}

function socketOperation(socket, described) {
  const said = follow(socket, described.messages[0]);
  return element('article', { id: `socket-event-${idOf(said.name)}`, 'data-title': said.name },
    element('h3', {}, code(said.name)),
    element('p', {}, described.summary),
    element('h4', {}, 'Argument'),
    ...message(socket, described.messages[0]),
    ...(described.reply ? [element('h4', {}, 'Answer'), ...described.reply.messages.flatMap(reply => message(socket, reply))] : []));
}

const shapes = (document, prefix) => Object.entries(document.components.schemas).map(([name, schema]) =>
  element('article', { id: `${prefix}-${idOf(name)}`, 'data-title': name },
    element('h3', {}, code(name)), fields(schema, prefix), element('details', {}, element('summary', {}, 'An example'), example(schema.examples[0]))));

function sectionsOf(api, socket) {
  const operations = Object.entries(api.paths).flatMap(([path, item]) => Object.entries(item)
    .filter(([method]) => method !== 'head').map(([method, described]) => [path, method, described]));
  const tags = [...new Set(operations.map(([, , described]) => described.tags[0]))];
  const acting = action => Object.values(socket.operations).filter(o => o.action === action).map(o => socketOperation(socket, o));
  const parameters = element('article', { id: 'socket-parameters', 'data-title': 'Parameters of a connection' },
    element('h3', {}, 'Parameters of a connection'), fields(socket.channels.chat.bindings.ws.query, 'socket'));
  return [
    ...tags.map(tag => [`REST: ${tag}`, operations.filter(([, , d]) => d.tags[0] === tag).map(o => operation(api, ...o))]),
    ['Socket: client to server', [parameters, ...acting('receive')]],
    ['Socket: server to client', acting('send')],
    ['REST: shapes', shapes(api, 'rest')],
    ['Socket: shapes', shapes(socket, 'socket')],
  ];
}

function search(articles, links) {
  const words = document.getElementById('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  articles.forEach((article, i) => {
    const text = article.textContent.toLowerCase();
    article.hidden = links[i].hidden = !words.every(word => text.includes(word));
    shown += article.hidden ? 0 : 1;
  });
  for (const section of document.querySelectorAll('main > section')) section.hidden = !section.querySelector('article:not([hidden])');
  document.getElementById('found').textContent = words.length ? `${shown} of ${articles.length} found.` : '';
}

function show(api, socket) {
  const main = document.getElementById('content');
  const contents = element('div');
  const [articles, links] = [[], []];
  for (const said of [api, socket].flatMap(document => document.info.description.split('\n\n'))) main.append(element('p', {}, said));
  for (const [title, found] of sectionsOf(api, socket)) {
    const own = found.map(article => element('li', {}, element('a', { href: `#${article.id}` }, article.dataset.title)));
    main.append(element('section', { 'aria-label': title }, element('h2', {}, title), ...found));
    contents.append(element('h2', {}, title), element('ul', {}, ...own));
    articles.push(...found);
    links.push(...own);
  }
  document.querySelector('nav').append(contents);
  document.getElementById('search').addEventListener('input', () => search(articles, links));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

Promise.all(['openapi/v1.json', 'asyncapi/v1.json'].map(async path => (await fetch(path)).json()))
  .then(([api, socket]) => show(api, socket))
  .catch(() => document.getElementById('content').append('The documents cannot be read now; try again later.'));
