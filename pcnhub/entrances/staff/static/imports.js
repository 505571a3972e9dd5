// Says how far an import is without loading the page anew, until the step is done. Without this script the page reloads.
const shown = document.querySelector("[data-progress]")
const bar = shown.querySelector("progress")
const words = shown.querySelector("[data-words]")

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
  setTimeout(look, 1000)
}

setTimeout(look, 500)
