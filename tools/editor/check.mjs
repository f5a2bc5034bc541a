// Opens inventories in the language server behind the YAML support of editors, with our JSON Schema: what is valid has no
// mark, and each of some kinds of mistakes is marked where the reader reports it (the .txt next to each invalid file).
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { getLanguageService } = require('yaml-language-server')
const { TextDocument } = require('vscode-languageserver-textdocument')

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const INVENTORIES = join(ROOT, 'tests', 'inventories')
const MARKED = [
  'account-malformed',
  'id-malformed',
  'misspelt-key-at-the-top',
  'misspelt-key-of-an-environment',
  'misspelt-status',
  'name-missing',
  'region-malformed',
  'tag-key-too-long',
]

const service = getLanguageService({
  schemaRequestService: async (uri) => { throw new Error(`unexpected request for ${uri}`) },
  workspaceContext: { resolveRelativePath: (path) => path },
  telemetry: { send() {}, sendError() {}, sendTrack() {} },
})
const schema = JSON.parse(readFileSync(join(ROOT, 'schemas', 'projects.schema.json'), 'utf8'))
service.configure({ validate: true, yamlVersion: '1.1', schemas: [{ uri: 'file:///projects.schema.json', fileMatch: ['*'], schema }] })

async function marks(file) {
  // The language server keeps documents by their address, so each needs one of its own.
  const text = readFileSync(file, 'utf8').replace(/^# yaml-language-server:.*\n/, '\n')
  const document = TextDocument.create(`file:///${encodeURIComponent(file)}.yaml`, 'yaml', 1, text)
  const found = await service.doValidation(document, false)
  return found.map(({ range }) => `${range.start.line + 1}:${range.start.character + 1}`)
}

let failed = 0
function expect(holds, file, text) {
  if (holds) return
  failed += 1
  console.error(`${file}: ${text}`)
}

const valid = readdirSync(join(INVENTORIES, 'valid')).filter((name) => name.endsWith('.yaml')).map((name) => join(INVENTORIES, 'valid', name))
for (const file of [join(ROOT, 'projects.yaml'), ...valid]) {
  const found = await marks(file)
  expect(found.length === 0, file, `is valid, but marked at ${found}`)
}
for (const name of MARKED) {
  const reported = readFileSync(join(INVENTORIES, 'invalid', `${name}.txt`), 'utf8').match(/yaml:(\d+:\d+):/)[1]
  const found = await marks(join(INVENTORIES, 'invalid', `${name}.yaml`))
  expect(found.includes(reported), name, `is reported at ${reported}, but marked at ${found}`)
}
console.log(`editor: ${valid.length + 1 + MARKED.length - failed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
