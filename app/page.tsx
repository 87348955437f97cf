/** A new conversation: the shell draws it, as it stays where it is when the first send changes the address. */
export default function NewChatPage() {
  return null;
}
