import type { JsonSchema } from '../protocol/json-schema.js';
import type { Examples, MediaType, OpenApiDocument, Operation, Parameter, Response } from './document.js';
import { fieldsOf, type Field } from './fields.js';
import { html, Html, prose } from './html.js';
import { PAGE_STYLE } from './page-style.js';

/** Longer bodies are read by curl from a file. */
const LONGEST_INLINE_BODY = 160;

interface Shown {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** A document as a page that stands alone: no script, nothing to be loaded. */
export function renderPage(document: OpenApiDocument): string {
  const { info, tags, components, servers } = document;
  const shown = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const url = servers[0]?.url ?? '';
  const groups = tags.map(({ name, description }) => {
    const members = shown.filter(({ operation }) => operation.tags.includes(name));
    return html`<h2>${name}</h2>
      <p>${prose(description)}</p>
      ${members.map((one) => section(one, url))}`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      html`<section id="schema-${name}">
        <h3>${name}</h3>
        ${fieldTable(schema)}
      </section>`,
  );
  return html`<!doctype html>
    <html lang="en-GB">
      ${head(info.title)}
      <body>
        <h1>${info.title}</h1>
        <p>Version ${info.version}. ${info.summary}</p>
        <p>${prose(info.description)}</p>
        <p>For programs: <a href="docs/openapi.json">openapi.json</a>. With an admin token, send it along:</p>
        <pre>curl -H "X-Lattice-Admin-Token: $TOKEN" ${url}/docs/openapi.json</pre>
        <nav>
          <table>
            ${shown.map(overview)}
          </table>
        </nav>
        ${groups}
        <h2>Schemas</h2>
        ${schemas}
      </body>
    </html> `.text;
}

/** The style is put in as it is: its hash is what the page may use. */
function head(title: string): Html {
  return html`<head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>${title}</title>
    ${new Html(`<style>${PAGE_STYLE}</style>`)}
  </head>`;
}

function overview({ method, path, operation }: Shown): Html {
  return html`<tr>
    <td>${methodName(method)}</td>
    <td>
      <a href="#${operation.operationId}"><code>${path}</code></a>
    </td>
    <td>${operation.summary}</td>
    <td>${operation.tags[0]}</td>
  </tr>`;
}

function section({ method, path, operation }: Shown, url: string): Html {
  const { operationId, summary, description, parameters, requestBody, responses, tags } = operation;
  const body = requestBody?.content['application/json'];
  return html`<section id="${operationId}">
    <span class="who">${tags[0]}</span>
    <h3>${methodName(method)} <code>${path}</code></h3>
    <p><strong>${summary}.</strong> ${prose(description)}</p>
    ${parameters.length === 0 ? [] : parameterTable(parameters)}
    ${body === undefined ? [] : requestPart(body, requestBody?.description, requestBody?.required === true)}
    <h4>With curl</h4>
    ${commands({ method, path, operation }, url).map((command) => html`<pre>${command}</pre>`)}
    <h4>Answers</h4>
    ${Object.entries(responses).map(([status, response]) => answer(status, response))}
  </section>`;
}

/** Refusals are folded away. */
function answer(status: string, { description, content }: Response): Html {
  const media = Object.entries(content).map(
    ([type, one]) =>
      html`<p><code>${type}</code></p>
        ${mediaPart(one)}`,
  );
  const titles = Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples));
  if (!status.startsWith('2'))
    return html`<details>
      <summary><strong>${status}</strong> ${titles.join(', ')}</summary>
      <p>${prose(description)}</p>
      ${media}
    </details>`;
  return html`<details open>
    <summary><strong>${status}</strong> ${prose(description)}</summary>
    ${media}
  </details>`;
}

function requestPart(media: MediaType, description: string | undefined, isRequired: boolean): Html {
  return html`<h4>Body${isRequired ? '' : ', which may be left out'}</h4>
    ${description === undefined ? [] : html`<p>${prose(description)}</p>`}${mediaPart(media)}`;
}

function mediaPart({ schema, examples = {} }: MediaType): Html {
  return html`${fieldTable(schema)}${exampleBlocks(examples)}`;
}

function exampleBlocks(examples: Examples): Html {
  const blocks = Object.values(examples).map(
    ({ summary, value }) =>
      html`<details>
        <summary>Example: ${summary}</summary>
        <pre>${JSON.stringify(value, null, 2)}</pre>
      </details>`,
  );
  return html`${blocks}`;
}

function parameterTable(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(
    ({ name, in: place, required, description }) =>
      html`<tr>
        <td><code>${name}</code></td>
        <td>${place}</td>
        <td>${required ? 'required' : ''}</td>
        <td>${prose(description)}</td>
      </tr>`,
  );
  return html`<h4>Parameters</h4>
    <table>
      ${rows}
    </table>`;
}

function fieldTable(schema: JsonSchema): Html {
  const fields = fieldsOf(schema);
  const [whole] = fields;
  if (whole?.path !== '')
    return html`<table>
      ${fields.map(fieldRow)}
    </table>`;
  const type = html`<p>${whole.type}${referenceTo(whole)} ${prose(whole.note)}</p>`;
  return fields.length === 1
    ? type
    : html`${type}
        <table>
          ${fields.slice(1).map(fieldRow)}
        </table>`;
}

function referenceTo({ reference }: Field): Html {
  return reference === null ? html`` : html` <a href="#schema-${reference}">${reference}</a>`;
}

function fieldRow(field: Field): Html {
  const { path, type, isRequired, note } = field;
  return html`<tr>
    <td><code>${path}</code></td>
    <td>${type}${referenceTo(field)}</td>
    <td>${isRequired ? 'required' : ''}</td>
    <td>${prose(note)}</td>
  </tr>`;
}

function methodName(method: string): Html {
  return html`<span class="method ${method}">${method.toUpperCase()}</span>`;
}

/** One that can be pasted into a shell, for each example of a body. */
function commands({ method, path, operation }: Shown, url: string): readonly string[] {
  const { parameters, requestBody } = operation;
  const filled = parameters
    .filter((one) => one.in === 'path')
    .reduce((text, { name, example }) => text.replace(`{${name}}`, String(example)), path);
  const query = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, example }) => `${name}=${String(example)}`)
    .join('&');
  const target = `${url}${filled}${query === '' ? '' : `?${query}`}`;
  const command = `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} ${query === '' ? target : `'${target}'`}`;
  const examples = Object.values(requestBody?.content['application/json']?.examples ?? {});
  if (examples.length === 0) return [command];
  const bodies = examples.map(({ value }) => JSON.stringify(value));
  const short = bodies.filter((body) => body.length <= LONGEST_INLINE_BODY && !body.includes("'"));
  const data = short.length === 0 ? ['@body.json'] : short.map((body) => `'${body}'`);
  return data.map((one) => `${command} -H 'Content-Type: application/json' -d ${one}`);
}
