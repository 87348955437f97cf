import http from 'node:http';

/** What is asked here answers in a few hundred bytes; LM Studio with many models in some thousand. */
const LONGEST = 1024 * 1024;

/**
 * GET on a JSON address of this computer, past any proxy that the environment names. Undefined: no answer in time, or none in JSON.
 * @param {string} url
 * @param {number} withinMs
 * @returns {Promise<{ status: number, body: unknown } | undefined>}
 */
export function getJson(url, withinMs) {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, headers: { accept: 'application/json' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => {
        text += piece;
        if (text.length > LONGEST) request.destroy(new Error('too long'));
      });
      response.once('end', () => settle(parse(response.statusCode ?? 0, text)));
      response.once('error', () => settle(undefined));
    });
    // For the whole answer: a server that sends a byte now and then would never reach a socket's own time-out.
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), withinMs);
    // Refused, reset or out of time: all mean that nobody is there to talk to yet.
    request.once('error', () => settle(undefined));

    /** @param {{ status: number, body: unknown } | undefined} answer */
    function settle(answer) {
      clearTimeout(timer);
      resolve(answer);
    }
  });
}

/**
 * @param {number} status
 * @param {string} text
 */
function parse(status, text) {
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    // HTML, as from some other program at this port.
    return undefined;
  }
}
