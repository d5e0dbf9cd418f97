// What is asked of the server. The token, where it wants one, is kept for this tab only.

const TOKEN = "simplenet-token";

export const setToken = (token) => sessionStorage.setItem(TOKEN, token);

/** An answer that is no photograph's; status 0: there was no answer. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new Refusal(0, "The server does not answer");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer.error ?? `The server answered ${response.status}`);
  return answer;
}

export const describeDetector = () => ask("/v1/detector");

function floats(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer); // both are little-endian on every machine that has a browser
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The detection of a photograph, with map.values. A server that is busy is asked again. */
export async function detect(file) {
  const headers = { "Content-Type": file.type.startsWith("image/") ? file.type : "application/octet-stream" };
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await ask("/v1/detect?map=float32", { method: "POST", headers, body: file });
      found.map.values = floats(found.map.float32);
      delete found.map.float32;
      return found;
    } catch (error) {
      if (error.status !== 503 || attempt === 5) throw error;
      await pause(500 * attempt);
    }
  }
}
