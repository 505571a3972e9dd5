// Asks each other system by itself and puts its free slots into the one list, in the order of time, as they come.
// Without this script the page's button asks them all and waits a few seconds.
const slots = document.getElementById("slots")
const none = document.getElementById("no-slots")

function putIn(rows) {
  for (const row of rows) {
    const after = [...slots.children].find((other) => other.dataset.key > row.dataset.key)
    slots.insertBefore(row, after ?? null)
  }
  none.hidden = slots.children.length > 0
}

async function ask(line) {
  line.textContent = `${line.dataset.name}: searching`
  try {
    const answer = await fetch(line.dataset.fragment, { credentials: "same-origin", redirect: "error" })
    if (!answer.ok) throw new Error(answer.status)
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    const said = page.querySelector("li")
    line.textContent = said.textContent
    putIn([...page.querySelectorAll("tr")].map((row) => document.importNode(row, true)))
  } catch {
    line.textContent = `${line.dataset.name} could not be searched. Load the page again.`
  }
}

for (const line of document.querySelectorAll("[data-fragment]")) ask(line)
