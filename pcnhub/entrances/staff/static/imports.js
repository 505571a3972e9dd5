// Says how far an import is without loading the page anew, until the step is done. Without this script the page reloads.
// It looks soon at first, then ever more seldom: that a step is done is seen about a tenth later than it is, and a long step is
// asked about once a second.
const first = 100 // milliseconds
const longest = 1000
const growth = 1.1
const shown = document.querySelector("[data-progress]")
const bar = shown.querySelector("progress")
const words = shown.querySelector("[data-words]")
let pause = first

async function look() {
  try {
    const answer = await fetch(shown.dataset.progress, { credentials: "same-origin", redirect: "error" })
    if (!answer.ok) throw new Error(answer.status)
    const step = await answer.json()
    if (step.state !== shown.dataset.state) return location.reload()
    words.textContent = step.words
    if (step.total) {
      bar.max = step.total
      bar.value = step.done
    }
  } catch {
    words.textContent = "The hub does not answer. Load the page again."
    return
  }
  lookLater()
}

function lookLater() {
  setTimeout(look, pause)
  pause = Math.min(pause * growth, longest)
}

lookLater()
