/** The shell draws the settings, as it does a conversation: going there and back loads no page. */
export default function Page() {
  return null;
}
