import type { PushSettings } from "@chatcode/protocol";

type Quiet = PushSettings["quiet"];

const NIGHT = { from: "22:00", to: "07:00" };

/** From when to when nothing makes a sound, by the clock on the person's wall. */
export function QuietHours(
  { quiet, testId, onChange }: { quiet: Quiet; testId: string; onChange: (quiet: Quiet) => void },
) {
  return (
    <div class="quiet-hours">
      <label class="check">
        <input
          type="checkbox"
          checked={quiet !== null}
          data-testid={testId}
          onChange={(event) => {
            const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
            onChange(event.currentTarget.checked ? { ...NIGHT, timeZone } : null);
          }}
        />
        <span>Be quiet</span>
      </label>
      {quiet !== null && (
        <>
          {(["from", "to"] as const).map((end) => (
            <label key={end}>
              <span>{end}</span>
              <input
                type="time"
                required
                value={quiet[end]}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  if (value !== "") onChange({ ...quiet, [end]: value });
                }}
              />
            </label>
          ))}
          <span class="note">{quiet.timeZone}</span>
        </>
      )}
    </div>
  );
}
