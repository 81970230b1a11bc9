/** The types of the file that the server takes out of the installed uplot package. */
export { default } from 'uplot';
