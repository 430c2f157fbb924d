// Fills a running server with three made-up patients through its public API: two verified (one signed), one ready to be verified.
// node tools/demo.mjs ADDRESS FOLDER_WITH_PATIENTS
import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

const [address, folder] = process.argv.slice(2)
const password = 'made-up patients only'

/** A person with a session. */
class Person {
  cookie = ''
  csrf = ''

  async ask(method, path, body, type = 'application/json') {
    const json = type === 'application/json'
    const response = await fetch(`${address}/api/v1${path}`, {
      method,
      headers: { 'Content-Type': type, 'X-CSRF-Token': this.csrf, Cookie: this.cookie },
      body: body === undefined ? undefined : json ? JSON.stringify(body) : body,
    })
    const cookie = response.headers.get('set-cookie')
    if (cookie) this.cookie = cookie.split(';')[0]
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text ? JSON.parse(text) : undefined
  }

  async logIn(path, body) {
    await this.ask('POST', path, body)
    this.csrf = (await this.ask('GET', '/session')).csrf
    return this
  }

  /** Waits for a job and gives what came of it. */
  async wait({ job }) {
    for (;;) {
      const now = await this.ask('GET', `/jobs/${job}`)
      if (now.progress === 'done') return now.result
      if (now.progress === 'failed' || now.progress === 'cancelled') throw new Error(now.message)
      await new Promise((later) => setTimeout(later, 200))
    }
  }
}

async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

const day = (daysAgo) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)

// strengths and prescriptions are those of the made-up plans
const patients = [
  { name: 'prostate', site: '前列腺', diagnosis: '前列腺癌（虚构）', implanted: 33, verify: true, sign: true },
  { name: 'lung', site: '右肺', diagnosis: '肺癌（虚构）', implanted: 36, verify: true, sign: false },
  { name: 'stent', site: '食管', diagnosis: '食管癌（虚构）', implanted: 20, verify: false, sign: false },
]

const admin = await new Person().logIn('/setup', { login: 'admin', name: '管理员', password })
const people = [
  ['physicist', '林知行', ['physicist']],
  ['physician', '周明华', ['physician']],
  ['quality', '质控员', ['quality']],
]
for (const [login, name, roles] of people) await admin.ask('POST', '/accounts', { login, name, roles, password })
const { rows: accounts } = await admin.ask('GET', '/accounts')
const id = (login) => accounts.find((account) => account.login === login).id
const physicist = await new Person().logIn('/session', { login: 'physicist', password })
const physician = await new Person().logIn('/session', { login: 'physician', password })

for (const patient of patients) {
  const known = JSON.parse(await readFile(join(folder, patient.name, 'result', 'result.json'), 'utf8'))
  const one = await physicist.ask('POST', '/cases', {
    patient: { number: known.patient.id, name: known.patient.name.split('=').at(-1).replaceAll('^', '') },
    site: patient.site,
    diagnosis: patient.diagnosis,
    implanted_on: day(patient.implanted),
    intent: { prescription_gy: known.prescription_gy, count: known.implant.seeds.length },
    physician: id('physician'),
    physicist: id('physicist'),
    ...(patient.sign ? { follow_up_due: day(-60) } : {}),
  })
  const upload = await physicist.ask('POST', `/cases/${one.id}/uploads`, {})
  const root = join(folder, patient.name, 'case')
  for (const file of await files(root)) {
    const path = encodeURIComponent(relative(root, file))
    await physicist.ask('PUT', `/uploads/${upload.id}/files?path=${path}`, await readFile(file), 'application/octet-stream')
  }
  const { study } = await physicist.wait(await physicist.ask('POST', `/uploads/${upload.id}/complete`, {}))
  if (patient.verify) {
    const { id: of } = await physicist.ask('POST', `/cases/${one.id}/verifications`, { study, settings: {} })
    await physicist.wait(await physicist.ask('POST', `/verifications/${of}/seeds/find`, {}))
    await physicist.wait(await physicist.ask('POST', `/verifications/${of}/compute`))
    const { content } = await physicist.ask('GET', `/verifications/${of}`)
    if (patient.sign) {
      await physicist.ask('POST', `/verifications/${of}/sign`, { role: 'physicist', password, content })
      await physician.ask('POST', `/verifications/${of}/sign`, { role: 'physician', password, content })
    }
  }
}

console.log(`
Open ${address}/ and log in as
  physicist, physician, quality or admin, password: ${password}
Two cases are verified (one of them signed), the third (stent) is ready: open it, begin a verification, let the seeds be found.`)
