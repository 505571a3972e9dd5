// Saves a draft by itself, and keeps what the hub has not taken yet in this tab, so that a lost connection or session loses
// nothing. Only under the consultation's number, only until it is saved, only for whoever wrote it. Without this script the
// buttons save.
const PREFIX = "pcnhub.consultation."
const PAUSE = 2000 // milliseconds without a key before the draft is saved
const AGAIN = 10000 // and before another try
const TOO_LONG = 20000 // a save without an answer for so long is taken for lost
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "revision", "action", "find", "put-back"])

const form = document.querySelector("[data-keep]")
const notice = document.querySelector("[data-kept-notice]")

function kept(key, owner) {
  const found = JSON.parse(sessionStorage.getItem(key) ?? "null")
  if (found && found.owner !== owner) sessionStorage.removeItem(key)
  return found?.owner === owner ? found : null
}

// What was offered and nobody has decided about: it stays beside whatever is written meanwhile.
const undecided = (key) => `${key}.offered`

// Whether what was sent by a button has arrived: the hub counts a draft's saves, and a finished one's versions. Only where the
// newest is the writer's own: another's save says nothing of this one.
function taken(before, counts, mine) {
  return Boolean(before?.isSent) && mine[before.what] && counts[before.what] > before.revision
}

function written() {
  return [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name))
}

function terms() {
  return [...form.querySelectorAll("[data-term]")].map((each) => each.dataset.term)
}

function named(name) {
  return [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
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
    const inputs = named(name)
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

// Each line as a person reads it: about what, and which words. The entries have the terms that they had when it was written.
function lines(text) {
  let place = -1
  const found = []
  for (const [name, value] of text.fields) {
    if (name === "entry-code") {
      place += 1
      found.push([text.terms?.[place] ?? value, `SNOMED CT ${value}`])
    } else if (value && name !== "entry-kind") {
      const inputs = named(name)
      const isChosen = ["checkbox", "radio"].includes(inputs[0]?.type)
      const box = isChosen ? inputs.find((each) => each.value === value) : null
      if (name === "entry-confidential") found.push([text.terms?.[Number(value)] ?? "", "Confidential"])
      else if (name.startsWith("entry-")) found.push([text.terms?.[place] ?? "", value])
      else if (isChosen) found.push([inputs[0].closest("fieldset")?.querySelector("legend")?.textContent, box?.labels[0]?.textContent ?? value])
      else found.push([inputs[0]?.labels[0]?.textContent, value])
    }
  }
  return found.map((pair) => pair.map((words) => (words ?? "").trim()))
}

function keeping() {
  form.elements.whose?.remove() // for who has no script: the hub then keeps what arrives without a session, not this tab
  const key = PREFIX + form.dataset.keep
  const { owner, draft, keeps: what } = form.dataset
  const saved = form.querySelector("[data-saved]")
  const trouble = form.querySelector("[data-trouble]")
  const panel = document.querySelector("[data-kept]")
  let known = "unsaved" in form.dataset ? "" : JSON.stringify(written()) // what the hub has
  let pending = null // what was sent and not answered: it may have arrived, so it is sent again as it was
  let saving = null
  let timer = 0
  let isLeaving = false
  let isStopped = !draft // an amendment is saved by its button alone

  function say(text) {
    if (trouble && trouble.textContent !== text) trouble.textContent = text
  }

  function keep(isSent = false) {
    const fields = written()
    if (JSON.stringify(fields) === known) return sessionStorage.removeItem(key)
    const revision = Number(form.elements.revision.value)
    sessionStorage.setItem(key, JSON.stringify({ owner, fields, terms: terms(), isSent, what, revision }))
  }

  function later(pause) {
    clearTimeout(timer)
    if (!isStopped && !isLeaving) timer = setTimeout(save, pause)
  }

  function save() {
    saving ??= send().finally(() => {
      saving = null
    })
    return saving
  }

  async function send() {
    if (isStopped || (!pending && JSON.stringify(written()) === known)) return
    pending ??= { body: new FormData(form), text: JSON.stringify(written()) }
    try {
      const signal = AbortSignal.timeout(TOO_LONG)
      const answer = await fetch(draft, { method: "POST", body: pending.body, redirect: "manual", signal })
      if (answer.headers.get("content-type") !== "application/json") {
        pending = null
        return answer.type === "opaqueredirect" || answer.status === 403 ? lost() : refused(answer.status)
      }
      const said = await answer.json()
      const { text } = pending
      pending = null
      say(said.problem)
      if (answer.status === 409) isStopped = true // a person must put the two together
      if (!answer.ok) return
      form.elements.revision.value = said.revision
      if (!said.problem) known = text
      saved.textContent = `Saved at ${said.saved_at}`
      keep()
      if (JSON.stringify(written()) !== known && !said.problem) later(PAUSE)
    } catch {
      say("Not saved: the hub can’t be reached. What you write is kept in this tab, and saved once it can.")
      later(AGAIN)
    }
  }

  // A button while a save is under way would be judged by that save, as if two people wrote.
  async function leave(button) {
    isLeaving = true
    clearTimeout(timer)
    await saving
    if (pending) await save()
    isLeaving = false
    if (pending) later(AGAIN) // not reached: what is written stays in sight
    else form.requestSubmit(button)
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

  function offer(texts) {
    const place = undecided(key)
    const rest = texts.filter((each) => JSON.stringify(each.fields) !== JSON.stringify(written()))
    if (!rest.length) {
      sessionStorage.removeItem(place)
      panel.hidden = true
      return
    }
    sessionStorage.setItem(place, JSON.stringify({ owner, texts: rest }))
    const [first, ...others] = rest
    panel.querySelector("[data-kept-text]").replaceChildren(
      ...lines(first).map(([about, words]) => {
        const line = document.createElement("div")
        const term = Object.assign(document.createElement("dt"), { textContent: about })
        line.append(term, Object.assign(document.createElement("dd"), { textContent: words, className: "pcnhub-text" }))
        return line
      }),
    )
    panel.hidden = false
    panel.querySelector("[data-put-back]").onclick = () => {
      const isWhole = write(first.fields)
      keep()
      if (isWhole) offer(others)
      else say("The coded entries have changed since: put theirs in by hand from the text above, then throw it away.")
      later(PAUSE)
      form.querySelector("textarea").focus()
    }
    panel.querySelector("[data-throw-away]").onclick = () => {
      offer(others)
      form.querySelector("textarea").focus()
    }
  }

  const before = kept(key, owner)
  const isMine = "mine" in form.dataset
  const isTaken = taken(before, { [what]: Number(form.elements.revision.value) }, { [what]: isMine })
  const offered = kept(undecided(key), owner)?.texts ?? []
  sessionStorage.removeItem(key)
  if ("unsaved" in form.dataset) keep()
  else if (before && !isTaken) offered.push(before)
  offer(offered)

  form.addEventListener("input", () => {
    keep()
    later(PAUSE)
  })
  form.addEventListener("submit", (event) => {
    keep(true)
    if (!saving && !pending) return
    event.preventDefault()
    if (!isLeaving) leave(event.submitter)
  })
  addEventListener("online", () => later(0))
}

if (form) keeping()
if (notice) {
  const key = PREFIX + notice.dataset.keptNotice
  const { owner, revision, version } = notice.dataset
  const before = kept(key, owner)
  const counts = { draft: Number(revision), version: Number(version) }
  const isTaken = taken(before, counts, { draft: "mineDraft" in notice.dataset, version: "mineVersion" in notice.dataset })
  if (isTaken) sessionStorage.removeItem(key)
  notice.hidden = !(before && !isTaken) && !kept(undecided(key), owner)
}
