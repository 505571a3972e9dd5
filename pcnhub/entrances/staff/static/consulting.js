// Saves a draft by itself, and keeps what the hub has not taken yet in this tab, so that a lost connection or session loses
// nothing. Only under the consultation's number, only until it is saved, only for whoever wrote it. Without this script the
// buttons save.
const PREFIX = "pcnhub.consultation."
const PAUSE = 2000 // milliseconds without a key before the draft is saved
const AGAIN = 10000 // and before another try
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "revision", "action", "find"])

const form = document.querySelector("[data-keep]")
const notice = document.querySelector("[data-kept-notice]")

function kept(key, owner) {
  const found = JSON.parse(sessionStorage.getItem(key) ?? "null")
  if (found && found.owner !== owner) sessionStorage.removeItem(key)
  return found?.owner === owner ? found : null
}

// Whether what was sent by a button has arrived: the hub counts a draft's saves, and a finished one's versions.
function taken(before, counts) {
  return Boolean(before?.isSent) && counts[before.what] > before.revision
}

function written() {
  return [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name))
}

function write(fields) {
  const codes = (all) => JSON.stringify(all.filter(([name]) => name === "entry-code"))
  const sameEntries = codes(fields) === codes(written())
  const places = {}
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    if (box.name !== "entry-confidential" || sameEntries) box.checked = false
  }
  for (const [name, value] of fields) {
    if (name.startsWith("entry-") && !sameEntries) continue
    const inputs = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    if (["checkbox", "radio"].includes(inputs[0]?.type)) {
      const box = inputs.find((input) => input.value === value)
      if (box) box.checked = true
    } else {
      places[name] = places[name] ?? 0
      const input = inputs[places[name]++]
      if (input) input.value = value
    }
  }
  return sameEntries
}

function keeping() {
  const key = PREFIX + form.dataset.keep
  const { owner, draft, keeps: what } = form.dataset
  const saved = form.querySelector("[data-saved]")
  const trouble = form.querySelector("[data-trouble]")
  const panel = document.querySelector("[data-kept]")
  let known = "unsaved" in form.dataset ? "" : JSON.stringify(written()) // what the hub has
  let timer = 0
  let isSaving = false
  let isStopped = !draft // an amendment is saved by its button alone

  function say(text) {
    if (trouble && trouble.textContent !== text) trouble.textContent = text
  }

  function keep(isSent = false) {
    const fields = written()
    if (JSON.stringify(fields) === known) return sessionStorage.removeItem(key)
    const revision = Number(form.elements.revision.value)
    sessionStorage.setItem(key, JSON.stringify({ owner, fields, isSent, what, revision }))
  }

  function later(pause) {
    clearTimeout(timer)
    if (!isStopped) timer = setTimeout(save, pause)
  }

  async function save() {
    const sent = JSON.stringify(written())
    if (isSaving || isStopped || sent === known) return
    isSaving = true
    try {
      const answer = await fetch(draft, { method: "POST", body: new FormData(form), redirect: "manual" })
      if (answer.type === "opaqueredirect" || answer.status === 403) return lost()
      if (answer.headers.get("content-type") !== "application/json") return refused(answer.status)
      const said = await answer.json()
      say(said.problem)
      if (answer.status === 409) isStopped = true // a person must put the two together
      if (!answer.ok) return
      form.elements.revision.value = said.revision
      if (!said.problem) known = sent
      saved.textContent = `Saved at ${said.saved_at}`
      keep()
      if (JSON.stringify(written()) !== known && !said.problem) later(PAUSE)
    } catch {
      say("Not saved: the hub can’t be reached. What you write is kept in this tab, and saved once it can.")
      later(AGAIN)
    } finally {
      isSaving = false
    }
  }

  function lost() {
    isStopped = true
    say("Not saved: you are signed out, or have signed in anew. What you wrote is kept in this tab. ")
    trouble.append(Object.assign(document.createElement("a"), { href: location.pathname, textContent: "Go on here" }))
  }

  function refused(status) {
    if (status >= 500) {
      say("Not saved: the hub has a fault. What you write is kept in this tab, and saved once it can.")
      return later(AGAIN)
    }
    isStopped = true
    say("Not saved: the hub refused. What you wrote is kept in this tab. Press Save draft to see why.")
  }

  function offer(before) {
    const list = panel.querySelector("[data-kept-text]")
    const entries = [...form.querySelectorAll("[data-term]")].map((each) => each.dataset.term)
    let place = -1
    for (const [name, value] of before.fields) {
      if (name === "entry-code") place += 1
      if (!value || name === "entry-code" || name === "entry-kind") continue
      const about = name.startsWith("entry-") ? entries[place] : form.querySelector(`label[for="${CSS.escape(name)}"]`)?.textContent
      const line = document.createElement("div")
      const term = Object.assign(document.createElement("dt"), { textContent: (about ?? name).trim() })
      const text = Object.assign(document.createElement("dd"), { textContent: value, className: "pcnhub-text" })
      line.append(term, text)
      list.append(line)
    }
    panel.hidden = false
    panel.querySelector("[data-put-back]").addEventListener("click", () => {
      const isWhole = write(before.fields)
      keep()
      if (isWhole) panel.hidden = true
      else say("The coded entries have changed since: put theirs in by hand from the text above.")
      later(PAUSE)
      form.querySelector("textarea").focus()
    })
    panel.querySelector("[data-throw-away]").addEventListener("click", () => {
      sessionStorage.removeItem(key)
      panel.hidden = true
      form.querySelector("textarea").focus()
    })
  }

  const before = kept(key, owner)
  const isTaken = taken(before, { [what]: Number(form.elements.revision.value) })
  const isHere = before && JSON.stringify(before.fields) === JSON.stringify(written())
  if ("unsaved" in form.dataset) keep()
  else if (isTaken || isHere) sessionStorage.removeItem(key)
  else if (before) offer(before)

  form.addEventListener("input", () => {
    keep()
    later(PAUSE)
  })
  form.addEventListener("submit", () => keep(true))
  addEventListener("online", () => later(0))
}

if (form) keeping()
if (notice) {
  const key = PREFIX + notice.dataset.keptNotice
  const before = kept(key, notice.dataset.owner)
  const counts = { draft: Number(notice.dataset.revision), version: Number(notice.dataset.version) }
  if (taken(before, counts)) sessionStorage.removeItem(key)
  else if (before) notice.hidden = false
}
