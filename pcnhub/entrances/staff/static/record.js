// Fetches the part of a record that a practice keeps on another system, and puts it into the page when it comes.
// Without this script the page's link asks for it and waits.
const place = document.getElementById("from-elsewhere")

async function fetchRecord() {
  const link = place.querySelector("a")
  const waiting = document.createElement("p")
  waiting.textContent = `Asking ${place.dataset.name} for allergies and medication. The rest of this page is complete.`
  place.replaceChildren(waiting)
  try {
    const answer = await fetch(place.dataset.fragment, { credentials: "same-origin", redirect: "error", cache: "no-store" })
    if (!answer.ok) throw new Error(answer.status)
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    const part = page.querySelector("[data-elsewhere]")
    place.replaceChildren(document.importNode(part, true))
    for (const section of document.querySelectorAll("[data-kept-elsewhere]")) section.hidden = true
  } catch {
    waiting.textContent = `${place.dataset.name} could not be asked: allergies and medication are not known. `
    if (link) waiting.append(link)
  }
}

if (place?.dataset.fragment) fetchRecord()
