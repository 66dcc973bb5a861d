// The script of the app. Everything here makes screens that work without it
// quicker or kinder; nothing depends on it. It keeps to the content security
// policy: no evaluated code, no inline styles, no requests elsewhere.
import 'htmx.org';
import {enhanceColors} from './color';
import {enhanceComboboxes} from './combobox';
import {enhanceCopies} from './copy';
import {watchDialogs} from './dialog';
import {watchDrops} from './drop';
import {watchForms} from './form';
import {enhanceLines} from './lines';
import {watchLoading} from './loading';
import {watchMenus} from './menu';
import {enhancePasskeys} from './passkey';
import {watchTheme} from './theme';
import {watchToasts} from './toast';
import {tellZone} from './zone';

watchTheme();
tellZone();
watchMenus();
watchDialogs();
watchForms();
watchDrops();
watchLoading();
watchToasts();
enhanceComboboxes();
enhanceColors();
enhanceLines();
enhancePasskeys();
enhanceCopies();

// A form that was drawn again has plain inputs.
document.addEventListener('htmx:after:process', () => {
  enhanceComboboxes();
  enhanceColors();
  enhanceLines();
});
