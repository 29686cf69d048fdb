export default function Inner({ text }: { text: string }) {
  return <span class="inner">{text}</span>;
}
