/** A Lucide icon, drawn in the colour of its text; always beside a word or inside a labelled button. */

export function Icon({ body }: { body: string }) {
  return (
    <svg class="icon" width="18" height="18" viewBox="0 0 24 24" aria-hidden="true" dangerouslySetInnerHTML={{ __html: body }} />
  );
}

interface IconButtonProps {
  icon: string;
  label: string;
  onClick: (event: MouseEvent & { currentTarget: HTMLElement }) => void;
  pressed?: boolean;
  expanded?: boolean;
  disabled?: boolean;
  tabIndex?: number;
  class?: string;
}

/** A square button whose word is its accessible name and tooltip. */
export function IconButton({ icon, label, onClick, pressed, expanded, disabled, tabIndex, class: extra = "" }: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${extra}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <Icon body={icon} />
    </button>
  );
}
