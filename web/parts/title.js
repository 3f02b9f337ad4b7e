// What the browser's tab and history show.
import { useEffect } from "preact/hooks";

export const useTitle = (text) => useEffect(() => { document.title = `${text} · edgecron`; }, [text]);
