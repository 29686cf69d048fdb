export default function NewMachine() {
  return <p>new machine</p>;
}
