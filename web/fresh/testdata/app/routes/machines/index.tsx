export default function Machines() {
  return <p>machines</p>;
}
